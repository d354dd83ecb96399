"""Everything goes wrong at once, for a while; afterwards the books must balance."""

"""Places, the areas they form, and the ways between them."""

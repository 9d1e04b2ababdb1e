"""Bills of HIS and the orders that pay them. The ground: the other alcoves may stand on it, never it on them."""

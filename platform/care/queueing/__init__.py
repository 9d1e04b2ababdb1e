"""How many are ahead, who is called."""

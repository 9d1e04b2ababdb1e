"""This room listens to nobody yet; settings name the file so that a first reaction needs no change there."""

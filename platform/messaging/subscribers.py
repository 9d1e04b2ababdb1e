"""This room listens to nobody yet: `care` and `flows` ask it to leave a message. Settings name the file for a first reaction."""

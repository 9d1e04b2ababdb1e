"""What happens to a patient between her appointment and her medicine."""

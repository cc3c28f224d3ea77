"""What colleagues say beside a letter and who follows it. It stays in the house and never leaves with the letter."""

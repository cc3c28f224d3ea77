"""What is in these bytes: kind, text, OCR words with boxes, previews, suggestions for the card. Text is kept per Content."""

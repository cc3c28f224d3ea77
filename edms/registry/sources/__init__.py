"""Where letters come from by themselves, scan folders and e-mail boxes: what is wrong with one is kept until it is looked into again."""

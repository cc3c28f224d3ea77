"""What reaches a counter beside one sender with one scan: several senders, envelopes, valuables, the spoken word."""

"""A stand-in Replicate: its API, rules, limits and troubles; `stand_in.StandInReplicate` is the whole of it."""

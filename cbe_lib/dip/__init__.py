"""Was there an implementation dip, how deep, how long, and how sure can anyone be?"""

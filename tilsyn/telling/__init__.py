"""How results are told: words, sentences and tables in Danish and English, from one source of texts.

Telling reads what the engine left behind and computes nothing of its own.
"""

"""Lengths of documents, one a line: log-uniform between a shortest and a longest, by a seed.

Usage: python document_lengths.py [--documents 500] [--shortest 30] [--longest 500] [--seed 0]
"""
import argparse
import math
import random

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=500)
    parser.add_argument("--shortest", type=int, default=30)
    parser.add_argument("--longest", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    generator = random.Random(options.seed)
    low, high = math.log(options.shortest), math.log(options.longest)
    for _ in range(options.documents):
        print(round(math.exp(generator.uniform(low, high))))

"""Replaces placeholder dialogue on editing timelines with speech that lands on the exact frame."""

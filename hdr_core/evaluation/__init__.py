"""Evaluation: fixed val plates, metrics, tables and pictures."""

"""Platforms: what citizens, professionals and researchers see."""

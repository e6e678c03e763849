"""index: What lies on the disk, and which commit does a search see? Builds, commits, segments, snapshots.

For the rooms that search and write.
"""

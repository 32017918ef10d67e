"""Films: loops, camera flights and clips that dream, as a stream of frames, and their files."""

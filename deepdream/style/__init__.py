"""Style transfer: settings, what a scale makes smaller, and the painting as a stream of frames."""

"""What all visitors share: the engine's turns, what they cost, and what each of them keeps."""

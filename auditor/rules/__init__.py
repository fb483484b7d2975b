"""Rules as data: the model, the closed set of operators, the strict loader and the packs they come in."""

"""One file for each way a hospital speaks. A connector is stateless and touches no model."""

"""The nursery's own code, one module a job."""

"""The measures, one file each: to add one, add a file that holds a `MEASURE`; nothing else."""

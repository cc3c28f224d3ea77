"""Letters signed with a pen: number and print, the scan that comes back, and who may sign so."""

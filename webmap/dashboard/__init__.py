"""The city's numbers as a page, as JSON and as a workbook."""

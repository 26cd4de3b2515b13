"""Managed elements (管理事项) shared out among the grids that hold them."""

from geo_grid.elements.share import BORDER_TOLERANCE, ElementShares, OutsidePart, share_elements

__all__ = ["BORDER_TOLERANCE", "ElementShares", "OutsidePart", "share_elements"]

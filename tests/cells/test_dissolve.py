import numpy as np
import shapely

from geo_grid.cells import dissolve


def test_union_by_label_keeps_all_vertices():
    boxes = np.array([shapely.box(x, 0, x + 1, 1) for x in range(5)], dtype=object)
    united = dissolve(boxes, np.array([0, 0, 1, 2, 1]))
    assert [geometry.geom_type for geometry in united] == ["Polygon", "MultiPolygon", "Polygon"]
    assert shapely.area(united).tolist() == [2.0, 2.0, 1.0]
    assert united[2] is boxes[3]


def test_a_ring_of_polygons_has_a_hole():
    boxes = [shapely.box(x, y, x + 1, y + 1) for x in range(3) for y in range(3) if (x, y) != (1, 1)]
    (ring,) = dissolve(np.array(boxes, dtype=object), np.zeros(8, dtype=np.int64))
    assert ring.is_valid
    assert len(ring.interiors) == 1


def test_nothing():
    assert len(dissolve(np.zeros(0, dtype=object), np.zeros(0, dtype=np.int64))) == 0

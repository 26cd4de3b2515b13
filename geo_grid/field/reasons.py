"""Why something a phone sent is refused, or taken with a warning: the keys a page translates by."""

from __future__ import annotations

#: Key → what to tell people, in Chinese and English.
REFUSALS: dict[str, tuple[str, str]] = {
    "malformed": ("格式有误", "it is not written as an event is"),
    "too_long": ("内容过长", "a text or a list is too long"),
    "bad_time": ("时间格式有误", "a time is unreadable"),
    "in_future": ("手机时间超前", "the clock of the phone is ahead; set it, and send again"),
    "due_before": ("期限早于交办时间", "the deadline is before the time it is assigned"),
    "too_old": ("时间过久", "it is too old to be taken"),
    "no_place": ("坐标有误", "the place is not on earth"),
    "outside": ("在辖区之外", "the place is outside all areas"),
    "too_far": ("离要素太远", "the place is too far from the element"),
    "unknown_element": ("没有此要素", "no element has this id"),
    "unknown_category": ("没有此类别", "no category has this name"),
    "unknown_version": ("没有此版本", "no published plan has this number"),
    "out_of_prefix": ("不在您的辖区", "it is outside what you look after"),
    "id_reused": ("编号重复", "something else was sent under this id"),
    "too_large": ("照片过大", "the photo is too large"),
    "not_a_photo": ("不是照片", "only JPEG, PNG and WebP pictures are taken"),
    "not_owner": ("不是本人的记录", "the photo belongs to somebody else's record"),
    "not_allowed": ("没有此权限", "this role may not do this"),
    "not_assignee": ("不是交办给您的", "it was assigned to somebody else"),
    "same_person": ("不能自己核查", "whoever mended it does not check it"),
    "wrong_status": ("当前状态不能这样做", "it is not in a state in which this can be done"),
    "needs_photo": ("缺少照片", "a photo is needed"),
    "needs_reason": ("请写明原因", "a reason is needed"),
    "needs_assignee": ("请写明交办给谁", "somebody has to be named"),
    "names_nothing": ("没有写明所依据的变更", "it does not name the change it follows"),
    "names_several": ("依据了多个变更", "only a resolution follows several changes"),
    "not_concurrent": ("所列变更并非同时", "it settles changes that follow each other"),
    "keeps_nothing": ("没有写明保留哪一个", "it does not say which change is kept"),
    "follows_note": ("不能依据留言", "it follows a note"),
    "follows_refused": ("所依据的变更未被接受", "what it follows was refused"),
    "other_matter": ("所依据的变更属于另一事项", "what it follows is of another matter"),
    "clock_behind": ("时钟早于所依据的变更", "its clock is not later than what it follows"),
}

#: Key → what to tell people about what was taken all the same.
WARNINGS: dict[str, tuple[str, str]] = {
    "far": ("离要素较远", "the place is far from the element"),
    "inaccurate": ("定位精度较差", "the position is not accurate"),
    "by_hand": ("位置为手工标注", "the place was set by hand"),
    "outside_areas": ("在辖区边界之外", "the place is outside all areas; it counts for the nearest"),
    "other_version": ("方案版本已更新", "a newer plan is in force"),
    "clock_ahead": ("手机时间略快", "the clock of the phone is a little ahead"),
}

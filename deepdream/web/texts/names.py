"""The plain names of looks, layers and groups of settings."""

TEXTS: dict[str, tuple[str, str, str]] = {  # key: (English, Korean, Vietnamese)
    # looks and layers of the compact network
    "look.compact_default": ("Dream", "꿈", "Giấc mơ"),
    "look.compact_swirls": ("Swirls", "소용돌이", "Xoáy"),
    "look.compact_eyes": ("Eyes", "눈", "Những con mắt"),
    "look.compact_temples": ("Temples", "사원", "Đền đài"),
    "look.compact_animals": ("Animals", "동물", "Động vật"),
    "look.compact_scales": ("Scales", "비늘", "Vảy"),
    "look.compact_whisper": ("Whisper", "속삭임", "Thì thầm"),
    "layer.conv1": ("colors, edges", "색, 가장자리", "màu, cạnh"),
    "layer.conv2": ("fine lines", "가는 선", "đường mảnh"),
    "layer.conv3_1": ("bands, weaves", "띠, 엮은 결", "dải, vân dệt"),
    "layer.conv3_2": ("drops, scales", "물방울, 비늘", "giọt, vảy"),
    "layer.conv4_1": ("nets, spots", "그물, 점무늬", "lưới, đốm"),
    "layer.conv4_2": ("eyes, arches", "눈, 아치", "mắt, vòm"),
    "layer.conv4_3": ("heads, houses", "머리, 집", "đầu, ngôi nhà"),
    "layer.conv5_1": ("animals, vessels", "동물, 그릇", "con vật, bình"),
    "layer.conv5_2": ("whole scenes", "온전한 장면", "cảnh trọn vẹn"),
    "published_help": (
        "The settings of well-known texts and programs.",
        "널리 알려진 글과 프로그램의 설정입니다.",
        "Cài đặt của những bài viết và chương trình nổi tiếng.",
    ),
    "published": ("Published recipes", "발표된 조합", "Công thức đã công bố"),
    # the groups of settings
    "group.look": ("Look", "느낌", "Phong cách"),
    "group.octaves": ("Octaves", "옥타브", "Quãng tám"),
    "group.steps": ("Steps", "단계", "Bước"),
    "group.gradient": ("Gradient", "기울기", "Gradient"),
    "group.transforms": ("Shifts and tiles", "이동과 타일", "Dịch chuyển và ô"),
    "group.image": ("Start", "출발점", "Điểm xuất phát"),
    "group.finish": ("Finish", "마무리", "Hoàn thiện"),
    "group.seed": ("Randomness", "무작위", "Ngẫu nhiên"),
}

"""The plain names of looks, layers and groups of settings."""

TEXTS: dict[str, tuple[str, str, str]] = {  # key: (English, Korean, Vietnamese)
    # looks and layers of the compact network
    "look.compact_default": ("Dream", "꿈", "Giấc mơ"),
    "look.compact_swirls": ("Swirls", "소용돌이", "Xoáy"),
    "look.compact_eyes": ("Eyes", "눈", "Những con mắt"),
    "look.compact_temples": ("Temples", "사원", "Đền đài"),
    "look.compact_whisper": ("Whisper", "속삭임", "Thì thầm"),
    "look.compact_pattern": ("Pattern", "무늬", "Hoa văn"),
    "layer.conv1": ("edges, flat colors", "가장자리, 고른 색", "cạnh, mảng màu"),
    "layer.conv2": ("lines, corners", "선, 모서리", "đường, góc"),
    "layer.conv3_1": ("grain, waves", "결, 물결", "vân, sóng"),
    "layer.conv3_2": ("swirls, bands", "소용돌이, 띠", "xoáy, dải"),
    "layer.conv4_1": ("eyes, scales", "눈, 비늘", "mắt, vảy"),
    "layer.conv4_2": ("faces, arches", "얼굴, 아치", "khuôn mặt, vòm"),
    "layer.conv5_1": ("animals, buildings", "동물, 건물", "con vật, tòa nhà"),
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

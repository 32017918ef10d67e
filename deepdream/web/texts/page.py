"""The texts around the rooms: masthead, keys, and what the server says to any visitor."""

TEXTS: dict[str, tuple[str, str, str]] = {  # key: (English, Korean, Vietnamese)
    "title": ("DeepDream studio", "딥드림 스튜디오", "Xưởng DeepDream"),
    "tagline": (
        "Let a network dream on your photo",
        "사진 위에 신경망의 꿈을 그려 보세요",
        "Để mạng nơ-ron mơ trên ảnh của bạn",
    ),
    "room.dream": ("Dream", "꿈", "Mơ"),
    "room.explore": ("Explore", "탐험", "Khám phá"),
    "room.style": ("Style", "화풍", "Phong cách"),
    # keys
    "keys": ("Keys", "단축키", "Phím tắt"),
    "keys_list": (
        "D dream · S stop and keep · A dream again · Z undo · O new photo · arrows on the picture compare",
        "D 꿈꾸기 · S 멈추고 간직 · A 이어서 꿈꾸기 · Z 되돌리기 · O 새 사진 · 그림 위 화살표 비교",
        "D mơ · S dừng và giữ · A mơ tiếp · Z hoàn tác · O ảnh mới · mũi tên trên ảnh để so sánh",
    ),
    # messages
    "no_photo": ("Choose a photo first.", "먼저 사진을 고르세요.", "Hãy chọn ảnh trước."),
    "not_uploaded": (
        "That file was not uploaded here.",
        "여기로 올린 파일이 아닙니다.",
        "Tệp đó không được tải lên đây.",
    ),
    "not_a_picture": (
        "That file could not be opened as a picture.",
        "그 파일을 사진으로 열 수 없습니다.",
        "Không mở được tệp đó như một ảnh.",
    ),
    "no_settings": (
        "No settings of a dream were found in that file.",
        "그 파일에서 꿈의 설정을 찾지 못했습니다.",
        "Không tìm thấy cài đặt giấc mơ trong tệp đó.",
    ),
    "bad_link": (
        "The settings in that link could not be read; these are the usual ones.",
        "링크의 설정을 읽을 수 없어 기본 설정을 씁니다.",
        "Không đọc được cài đặt trong liên kết; đây là cài đặt thường.",
    ),
    "busy_yours": (
        "One of your dreams is running and one is waiting. Let one of them end first.",
        "이미 하나는 실행 중이고 하나는 대기 중입니다. 하나가 끝난 뒤 다시 해 주세요.",
        "Bạn đang có một giấc mơ chạy và một đang chờ. Hãy đợi một cái xong.",
    ),
    "busy_host": (
        "Too many dreams are waiting here. Please try again in a few minutes.",
        "대기 중인 꿈이 너무 많습니다. 몇 분 뒤에 다시 해 주세요.",
        "Có quá nhiều giấc mơ đang chờ. Hãy thử lại sau vài phút.",
    ),
    "too_much": (
        "That is more than this computer takes on: about {time}. Choose {n} pixels or fewer, or fewer steps.",
        "이 컴퓨터가 맡기에는 너무 큽니다(약 {time}). {n}픽셀 이하로 하거나 단계를 줄이세요.",
        "Quá sức máy này (khoảng {time}). Hãy chọn tối đa {n} pixel, hoặc ít bước hơn.",
    ),
    "too_large": (
        "That would take this computer too long.",
        "이 컴퓨터에는 너무 오래 걸립니다.",
        "Máy này sẽ mất quá lâu.",
    ),
    "gone": ("That picture is no longer here.", "그 그림은 이제 없습니다.", "Ảnh đó không còn ở đây."),
    "mistake": (
        "Something went wrong on our side. Your photo and settings are still here.",
        "저희 쪽에서 문제가 생겼습니다. 사진과 설정은 그대로 있습니다.",
        "Có lỗi ở phía chúng tôi. Ảnh và cài đặt của bạn vẫn còn.",
    ),
}

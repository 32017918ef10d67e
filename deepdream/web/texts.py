"""Every text of the page in English, Korean and Vietnamese, in one table.

The browser chooses by its own language: native Gradio labels through `gr.I18n`, the page's own pieces and the
messages of the server through the same keys. The English help of a setting is the recipe's own table and is not
repeated here.
"""

from deepdream.recipe import Recipe

LANGUAGES = ("en", "ko", "vi")

PAGE: dict[str, tuple[str, str, str]] = {
    "title": ("DeepDream studio", "딥드림 스튜디오", "Xưởng DeepDream"),
    "tagline": (
        "Let a network dream on your photo",
        "사진 위에 신경망의 꿈을 그려 보세요",
        "Để mạng nơ-ron mơ trên ảnh của bạn",
    ),
    "dream": ("Dream", "꿈꾸기", "Mơ"),
    "stop": ("Stop and keep", "멈추고 간직", "Dừng và giữ"),
    "again": ("Dream again", "이어서 또 꿈꾸기", "Mơ tiếp trên ảnh này"),
    "continue": ("Continue", "계속하기", "Tiếp tục"),
    "undo": ("Undo", "되돌리기", "Hoàn tác"),
    "look": ("Look", "느낌", "Phong cách"),
    "sees": ("What it sees", "무엇을 볼까", "Mạng thấy gì"),
    "edges": ("edges", "가장자리", "đường nét"),
    "objects": ("objects", "사물", "vật thể"),
    "advanced": ("All settings", "모든 설정", "Mọi cài đặt"),
    "size": ("Size", "크기", "Kích thước"),
    "size_help": ("The longer side, in pixels.", "긴 변의 픽셀 수입니다.", "Cạnh dài hơn, tính bằng pixel."),
    "size_full": ("photo", "원본", "ảnh gốc"),
    "guide": ("Guide picture", "안내 그림", "Ảnh dẫn"),
    "guide_help": (
        "The dream takes its shapes from this picture.",
        "꿈의 모양을 이 그림에서 가져옵니다.",
        "Giấc mơ lấy hình dạng từ ảnh này.",
    ),
    "history": ("Your dreams", "나의 꿈", "Giấc mơ của bạn"),
    "octave_row": ("Octaves of this dream", "이 꿈의 옥타브", "Các quãng tám của giấc mơ"),
    "seen_row": ("Strongest here", "여기서 가장 강한 것", "Mạnh nhất ở đây"),
    # the picture
    "drop_title": ("Drop a photo here", "여기에 사진을 놓으세요", "Thả ảnh vào đây"),
    "start_title": ("Start with a photo", "사진으로 시작하세요", "Bắt đầu với một ảnh"),
    "drop_words": ("paste one, or", "붙여 넣거나", "dán ảnh, hoặc"),
    "choose": ("Choose a photo", "사진 고르기", "Chọn ảnh"),
    "camera": ("Camera", "카메라", "Máy ảnh"),
    "take": ("Take the picture", "사진 찍기", "Chụp"),
    "close": ("Close", "닫기", "Đóng"),
    "samples": ("or try one of these", "또는 이 사진으로 해 보세요", "hoặc thử một ảnh mẫu"),
    "sample": ("Sample picture: {name}", "예시 사진: {name}", "Ảnh mẫu: {name}"),
    "sample.sky": ("sky", "하늘", "bầu trời"),
    "sample.cat": ("cat", "고양이", "mèo"),
    "sample.coffee": ("coffee", "커피", "cà phê"),
    "sample.rocket": ("rocket", "로켓", "tên lửa"),
    "new_photo": ("New photo", "새 사진", "Ảnh mới"),
    "before_alt": ("Your photo", "내 사진", "Ảnh của bạn"),
    "after_alt": ("The dream", "꿈", "Giấc mơ"),
    "compare": ("Compare with the photo", "사진과 비교", "So sánh với ảnh"),
    "compare_value": ("{n} % photo", "사진 {n} %", "{n} % ảnh gốc"),
    "fullscreen": ("Full screen", "전체 화면", "Toàn màn hình"),
    "mask": ("Paint where it dreams", "꿈꿀 곳 칠하기", "Tô vùng sẽ mơ"),
    "mask_done": ("Use this mask", "이 마스크 사용", "Dùng mặt nạ này"),
    "mask_clear": ("No mask", "마스크 없음", "Bỏ mặt nạ"),
    "mask_width": ("Brush width", "붓 굵기", "Cỡ cọ"),
    "point": ("Point: what does it see here?", "짚어 보기: 여기서 무엇을 볼까?", "Chỉ vào: mạng thấy gì ở đây?"),
    "point_hint": ("Tap a place in the photo", "사진의 한 곳을 누르세요", "Chạm một chỗ trong ảnh"),
    "preview": ("preview", "미리 보기", "xem trước"),
    "use_carried": ("Use the settings in this picture", "이 그림에 담긴 설정 사용", "Dùng cài đặt trong ảnh này"),
    # what is going on
    "opening": ("opening …", "여는 중 …", "đang mở …"),
    "uploading": ("uploading …", "올리는 중 …", "đang tải lên …"),
    "upload_failed": (
        "The photo did not arrive. It may be too large, or the connection broke off.",
        "사진이 도착하지 않았습니다. 너무 크거나 연결이 끊겼을 수 있습니다.",
        "Ảnh không tải lên được. Ảnh có thể quá lớn hoặc mất kết nối.",
    ),
    "no_camera": ("No camera could be opened.", "카메라를 열 수 없습니다.", "Không mở được máy ảnh."),
    "ready": ("Ready. Press Dream.", "준비되었습니다. 꿈꾸기를 누르세요.", "Sẵn sàng. Bấm Mơ."),
    "warming": ("waking the network …", "신경망을 깨우는 중 …", "đang đánh thức mạng …"),
    "fetching": (
        "fetching the network; its weights come once …",
        "신경망을 가져오는 중 … 처음 한 번만 내려받습니다",
        "đang tải mạng; chỉ tải một lần …",
    ),
    "starting": ("falling asleep …", "잠드는 중 …", "đang ngủ thiếp đi …"),
    "queued_time": (
        "{place} ahead of you · about {time}",
        "앞에 {place}명 · 약 {time}",
        "còn {place} lượt trước bạn · khoảng {time}",
    ),
    "octave_of": ("octave {n} of {of}", "옥타브 {n}/{of}", "quãng tám {n}/{of}"),
    "step_of": ("step {n} of {of}", "단계 {n}/{of}", "bước {n}/{of}"),
    "left": ("{time} left", "{time} 남음", "còn {time}"),
    "seconds": ("{n} s", "{n}초", "{n} giây"),
    "minutes": ("{n} min", "{n}분", "{n} phút"),
    "about": ("about {time}", "약 {time}", "khoảng {time}"),
    "memory": ("{n} GB", "{n} GB", "{n} GB"),
    "done": ("Done in {time}.", "{time} 만에 완성했습니다.", "Xong sau {time}."),
    "stopped": (
        "Stopped; this is what was dreamed.",
        "멈췄습니다. 여기까지의 꿈입니다.",
        "Đã dừng; đây là những gì đã mơ.",
    ),
    "stopped_early": ("Stopped before the first step.", "첫 단계 전에 멈췄습니다.", "Đã dừng trước bước đầu tiên."),
    "restored": ("Picture and settings are back.", "그림과 설정을 되돌렸습니다.", "Đã khôi phục ảnh và cài đặt."),
    "photos_ready": (
        "{n} photos. Dream makes a zip of them.",
        "사진 {n}장. 꿈꾸기를 누르면 zip으로 만듭니다.",
        "{n} ảnh. Bấm Mơ để nhận tệp zip.",
    ),
    "photo_of": ("photo {n} of {of}", "사진 {n}/{of}", "ảnh {n}/{of}"),
    "batch_done": (
        "{n} photos are dreamed; the zip is below.",
        "사진 {n}장을 마쳤습니다. zip은 아래에 있습니다.",
        "Đã mơ {n} ảnh; tệp zip ở bên dưới.",
    ),
    "zip": ("All as a zip", "모두 zip으로", "Tất cả (zip)"),
    "shrink": ("Dream at {n} pixels instead", "{n}픽셀로 줄여서 꿈꾸기", "Mơ ở {n} pixel"),
    # layers
    "weight_of": ("Weight of {name}", "{name}의 가중치", "Trọng số của {name}"),
    "remove": ("Remove {name}", "{name} 빼기", "Bỏ {name}"),
    "add": ("Add", "더하기", "Thêm"),
    "add_target": ("Layer, channel or class", "층, 채널 또는 종류", "Lớp, kênh hoặc loại"),
    "layer_menu": ("Layers", "층", "Các lớp"),
    "weight_list": ("Weights", "가중치", "Trọng số"),
    # keep and share
    "keep_area": ("Keep and share", "간직하고 나누기", "Lưu và chia sẻ"),
    "save": ("Save {name}", "{name} 저장", "Lưu {name}"),
    "send": ("Send", "보내기", "Gửi"),
    "share": ("Settings …", "설정 나누기 …", "Cài đặt …"),
    "share_title": ("These settings", "이 설정", "Bộ cài đặt này"),
    "link": ("Link", "링크", "Liên kết"),
    "command": ("Command line", "명령줄", "Dòng lệnh"),
    "python": ("Python", "파이썬", "Python"),
    "copy": ("Copy", "복사", "Sao chép"),
    "copied": ("Copied", "복사됨", "Đã chép"),
    "copy_link": ("Copy the link", "링크 복사", "Chép liên kết"),
    "copy_command": ("Copy the command", "명령 복사", "Chép lệnh"),
    "copy_python": ("Copy the Python lines", "파이썬 코드 복사", "Chép mã Python"),
    "load": (
        "Load settings from a picture or JSON …",
        "그림이나 JSON에서 설정 불러오기 …",
        "Lấy cài đặt từ ảnh hoặc JSON …",
    ),
    "stays": (
        "Mask and guide picture do not travel with the settings.",
        "마스크와 안내 그림은 설정에 담기지 않습니다.",
        "Mặt nạ và ảnh dẫn không đi kèm cài đặt.",
    ),
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

# name: (title in English, Korean, Vietnamese, help in Korean, help in Vietnamese)
SETTINGS: dict[str, tuple[str, str, str, str, str]] = {
    "network": (
        "Network", "신경망", "Mạng",
        "꿈꾸는 신경망입니다. compact는 내려받을 것이 없고, inception_v3는 고전적인 느낌입니다.",
        "Mạng sẽ mơ: compact không cần tải gì, inception_v3 cho phong cách kinh điển.",
    ),
    "layers": (
        "Layers", "층", "Các lớp",
        "신경망이 더 볼 층과 가중치입니다. 앞쪽은 선과 무늬, 깊은 층은 눈과 동물을 그립니다. 음수는 억누릅니다.",
        "Các lớp và trọng số cần tăng. Lớp đầu vẽ nét và hoa văn, lớp sâu vẽ mắt, con vật, nhà cửa; số âm thì kìm lại.",
    ),
    "objective": (
        "Objective", "목표", "Mục tiêu",
        "층의 활동을 재는 방법입니다. 제곱은 사진에서 이미 강한 것을 키우고, caricature는 신경망이 본 것을 과장합니다.",
        "Cách đo hoạt động của lớp. Bình phương ưu tiên điều đã rõ trong ảnh; caricature phóng đại điều mạng thấy.",
    ),
    "cosine_power": (
        "Cosine power", "코사인 지수", "Số mũ cosin",
        "caricature와 direction에서 세기보다 방향을 얼마나 엄격히 따질지입니다.",
        "Với caricature và direction: hướng quan trọng hơn độ mạnh đến mức nào.",
    ),
    "guide": (
        "Guide rule", "안내 방식", "Cách dẫn",
        "안내 그림이 있을 때: argmax는 곳마다 가장 맞는 특징을, dot은 전체 평균을 따릅니다.",
        "Khi có ảnh dẫn: argmax chép đặc điểm khớp nhất ở mỗi chỗ, dot kéo về trung bình.",
    ),
    "total_variation": (
        "Smoothness", "매끄러움", "Độ mịn",
        "이웃한 픽셀의 차이를 줄입니다.",
        "Giảm khác biệt giữa các pixel cạnh nhau.",
    ),
    "pull": (
        "Pull to the photo", "사진으로 당기기", "Kéo về ảnh",
        "단계마다 꿈을 사진 쪽으로 얼마나 당길지입니다.",
        "Mỗi bước giấc mơ bị kéo về ảnh mạnh đến đâu.",
    ),
    "octaves": (
        "Octaves", "옥타브", "Quãng tám",
        "작은 크기부터 사진 크기까지 몇 번 꿈꿀지입니다. 많을수록 큰 형태가 나옵니다.",
        "Số kích cỡ được mơ, từ nhỏ đến bằng ảnh: càng nhiều, hình càng lớn.",
    ),
    "octave_scale": (
        "Octave scale", "옥타브 배율", "Tỉ lệ quãng tám",
        "한 옥타브가 앞 옥타브보다 얼마나 큰지입니다.",
        "Mỗi quãng tám lớn hơn quãng trước bao nhiêu lần.",
    ),
    "octaves_above": (
        "Octaves above", "위쪽 옥타브", "Quãng tám phía trên",
        "사진보다 큰 옥타브를 더합니다. 더 곱고 차분하지만 훨씬 오래 걸립니다.",
        "Thêm quãng tám lớn hơn ảnh rồi thu lại: mịn hơn nhưng lâu hơn nhiều.",
    ),
    "octave_rounding": (
        "Octave rounding", "크기 반올림", "Làm tròn kích cỡ",
        "크기를 정수 픽셀로 만드는 방법입니다.",
        "Cách làm tròn kích cỡ thành pixel nguyên.",
    ),
    "min_size": (
        "Smallest octave", "가장 작은 옥타브", "Quãng tám nhỏ nhất",
        "짧은 변이 이보다 작은 옥타브는 건너뜁니다. 0은 신경망의 최소 크기입니다.",
        "Bỏ quãng tám có cạnh ngắn nhỏ hơn số này; 0 là cỡ nhỏ nhất của mạng.",
    ),
    "octave_sizes": (
        "Octave sizes", "옥타브 크기", "Kích cỡ các quãng tám",
        "개수와 배율 대신 크기를 직접 적습니다: 높이x너비, 쉼표로 구분.",
        "Ghi thẳng kích cỡ thay cho số lượng và tỉ lệ: cao x rộng, cách nhau bằng dấu phẩy.",
    ),
    "carry": (
        "Carry", "넘겨주기", "Chuyển tiếp",
        "다음 옥타브로 무엇을 넘길지입니다. detail과 reinject는 사진의 세부를 되살립니다.",
        "Điều được chuyển sang quãng sau: detail và reinject đưa chi tiết của ảnh trở lại.",
    ),
    "blend": (
        "Blend", "섞기", "Pha trộn",
        "carry가 blend일 때 옥타브마다 섞는 사진의 몫입니다.",
        "Với carry blend: phần của ảnh ở mỗi quãng tám.",
    ),
    "resize": (
        "Resize filter", "크기 조정 필터", "Bộ lọc đổi cỡ",
        "크기를 바꿀 때 쓰는 필터입니다.",
        "Bộ lọc dùng khi đổi kích cỡ.",
    ),
    "steps": (
        "Steps", "단계", "Số bước",
        "옥타브마다 걷는 단계 수입니다. 많을수록 꿈이 짙습니다. 0은 그대로 둡니다.",
        "Số bước ở mỗi quãng tám: càng nhiều giấc mơ càng đậm. 0 không đổi gì.",
    ),
    "step_size": (
        "Step size", "걸음 크기", "Độ dài bước",
        "한 단계에 얼마나 갈지입니다. 0.01은 255단계 중 약 1.3입니다.",
        "Mỗi bước đi bao xa: 0.01 bằng khoảng 1,3 trong 255 mức xám.",
    ),
    "steps_growth": (
        "Steps growth", "단계 수 증가", "Tăng số bước",
        "다음 옥타브로 갈 때 단계 수에 곱하는 값입니다.",
        "Hệ số nhân số bước từ quãng này sang quãng sau.",
    ),
    "step_size_growth": (
        "Step size growth", "걸음 크기 증가", "Tăng độ dài bước",
        "다음 옥타브로 갈 때 걸음 크기에 곱하는 값입니다. 1보다 작으면 세부가 부드럽습니다.",
        "Hệ số nhân độ dài bước; dưới 1 giữ chi tiết nhẹ nhàng.",
    ),
    "optimizer": (
        "Optimizer", "최적화", "Bộ tối ưu",
        "걷는 방법: 단순 상승 또는 Adam.", "Cách bước: leo dốc đơn giản hoặc Adam.",
    ),
    "averaging": (
        "Averaging", "평균 내기", "Lấy trung bình",
        "여러 단계의 그림을 평균합니다. 0은 끔, 0.99는 약 백 단계입니다.",
        "Lấy trung bình ảnh của các bước: 0 là tắt, 0,99 nhớ khoảng một trăm bước.",
    ),
    "max_loss": (
        "Highest loss", "최대 손실", "Loss cao nhất",
        "손실이 이 값을 넘으면 옥타브를 일찍 끝냅니다. 비우면 끝내지 않습니다.",
        "Quãng tám dừng sớm khi loss vượt số này; để trống thì không dừng.",
    ),
    "max_loss_stop": (
        "Stop at highest loss", "최대 손실에서 멈춤", "Dừng ở loss cao nhất",
        "값을 넘긴 단계를 넣을지(after) 뺄지(before)입니다.",
        "Bước vượt ngưỡng có được tính (after) hay không (before).",
    ),
    "normalize": (
        "Normalize", "정규화", "Chuẩn hóa",
        "걷기 전에 기울기를 무엇으로 나눌지입니다. laplacian은 모든 크기에서 고르고 부드럽습니다.",
        "Gradient được chia cho gì trước khi bước; laplacian mềm và đều ở mọi cỡ.",
    ),
    "epsilon": (
        "Epsilon", "엡실론", "Epsilon",
        "나누는 값에 더하는 아주 작은 수입니다.",
        "Số rất nhỏ cộng vào số chia.",
    ),
    "smoothing": (
        "Smoothing", "부드럽게", "Làm mịn",
        "자잘한 무늬를 막으려고 기울기를 흐립니다. 첫 단계의 픽셀 수이며 0은 끔입니다.",
        "Làm mờ gradient để tránh hạt nhỏ: sigma tính bằng pixel, 0 là tắt.",
    ),
    "smoothing_growth": (
        "Smoothing growth", "부드럽게 증가", "Tăng làm mịn",
        "옥타브의 단계를 거치며 더하는 흐림입니다(픽셀).",
        "Độ mịn cộng thêm qua các bước của quãng tám, tính bằng pixel.",
    ),
    "smoothing_mode": (
        "Smoothing mode", "부드럽게 방식", "Kiểu làm mịn",
        "color는 사진의 색조를 지키고, channels는 파스텔 색이 됩니다.",
        "color giữ sắc của ảnh, channels cho màu phấn.",
    ),
    "laplacian_levels": (
        "Laplacian levels", "라플라시안 단계", "Số tầng Laplace",
        "laplacian일 때 그림을 몇 번 나눌지입니다.",
        "Với laplacian: ảnh được tách bao nhiêu lần.",
    ),
    "jitter": (
        "Jitter", "흔들기", "Rung",
        "단계마다 그림을 이만큼까지 옮겨 격자가 보이지 않게 합니다.",
        "Mỗi bước dịch ảnh tối đa ngần này pixel để không lộ lưới.",
    ),
    "tile_size": (
        "Tile size", "타일 크기", "Cỡ ô",
        "큰 그림은 타일로 나누어 메모리를 아낍니다. 0은 자동입니다.",
        "Ảnh lớn được chia ô để đỡ tốn bộ nhớ; 0 là tự động.",
    ),
    "rotate": ("Rotate", "돌리기", "Xoay", "단계마다 이 각도까지 돌립니다.", "Mỗi bước xoay ảnh tối đa ngần này độ."),
    "zoom_jitter": (
        "Zoom jitter", "확대 흔들기", "Rung thu phóng",
        "단계마다 이 비율까지 키우거나 줄입니다. 0.1은 10분의 1입니다.",
        "Mỗi bước phóng hoặc thu ảnh tối đa tỉ lệ này; 0,1 là một phần mười.",
    ),
    "flip": ("Flip", "뒤집기", "Lật", "단계마다 무작위로 좌우를 뒤집습니다.", "Mỗi bước ngẫu nhiên lật gương ảnh."),
    "start": ("Start", "출발점", "Xuất phát", "꿈이 무엇에서 자랄지입니다.", "Giấc mơ lớn lên từ đâu."),
    "parametrization": (
        "Parametrization", "매개변수화", "Tham số hóa",
        "무엇을 바꿀지: 픽셀, 또는 모든 크기의 물결(fourier).",
        "Điều được thay đổi: pixel, hoặc sóng mọi cỡ (fourier).",
    ),
    "decorrelate": (
        "Natural colors", "자연스러운 색", "Màu tự nhiên",
        "자연 사진처럼 섞인 색으로 걷습니다.",
        "Bước đi trong màu sắc như ảnh tự nhiên.",
    ),
    "strength": (
        "Strength", "세기", "Độ đậm",
        "끝에 사진과 꿈을 섞는 정도입니다. 0은 사진, 1은 꿈입니다.",
        "Pha bao nhiêu giấc mơ vào ảnh: 0 là ảnh, 1 là giấc mơ.",
    ),
    "keep_colors": (
        "Keep colors", "색 지키기", "Giữ màu",
        "사진 본래의 색을 얼마나 되살릴지입니다.",
        "Màu của ảnh gốc trở lại bao nhiêu.",
    ),
    "contrast": (
        "Contrast", "대비", "Tương phản",
        "꿈의 대비입니다. 1은 그대로입니다.", "Tương phản của giấc mơ; 1 là giữ nguyên.",
    ),
    "mask_softness": (
        "Mask softness", "마스크 부드러움", "Độ mềm mặt nạ",
        "마스크 가장자리가 흐려지는 픽셀 폭입니다.",
        "Mép mặt nạ mờ dần trong bao nhiêu pixel.",
    ),
    "seed": (
        "Seed", "시드", "Hạt giống",
        "모든 무작위의 시작입니다. 같은 시드는 같은 그림을 줍니다.",
        "Điểm đầu của mọi ngẫu nhiên: cùng hạt giống cho cùng bức tranh.",
    ),
}  # fmt: skip


def tables() -> dict[str, dict[str, str]]:
    """Return language -> key -> text for every text of the page, the settings' titles and help among them."""
    tables: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    for key, words in PAGE.items():
        for language, word in zip(LANGUAGES, words, strict=True):
            tables[language][key] = word
    for name, setting in Recipe.settings().items():
        fallback = (name.replace("_", " ").capitalize(),) * 3 + (setting.help,) * 2
        *titles, korean, vietnamese = SETTINGS.get(name, fallback)
        for language, title, help in zip(LANGUAGES, titles, (setting.help, korean, vietnamese), strict=True):
            tables[language][f"setting.{name}"] = title
            tables[language][f"setting.{name}.help"] = help
    return tables


def say(key: str, accepted: str | None = None, /, **values: object) -> str:
    """Return a text for the languages that a browser accepts, with {name} replaced by `values`.

    accepted: the request's Accept-Language header, such as "ko-KR,ko;q=0.9,en;q=0.8"; its first known language counts.
    """
    wished = [tag.strip()[:2].lower() for tag in (accepted if accepted is not None else "").split(",")]
    language = next((tag for tag in wished if tag in LANGUAGES), "en")
    return PAGE[key][LANGUAGES.index(language)].format(**values)

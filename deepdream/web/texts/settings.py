"""The titles of the recipe's settings, and their help in Korean and Vietnamese (the English help is the recipe's)."""

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
    "pad": (
        "Grey frame", "회색 테두리", "Viền xám",
        "단계마다 그림 둘레에 이만큼의 회색 픽셀을 둘러 보여, 가장자리에 무늬가 달라붙지 않습니다.",
        "Mỗi bước mạng thấy quanh ảnh ngần này pixel xám, để không gì bám vào mép.",
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

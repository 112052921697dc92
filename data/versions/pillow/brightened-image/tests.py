from PIL import Image as Images


def pixels(*values):
    image = Images.new("L", (len(values), 1))
    image.putdata(values)
    return image


def test_sums():
    found = brightened(pixels(10, 20, 0), pixels(4, 101, 1))
    assert [found.getpixel((x, 0)) for x in range(3)] == [12, 70, 0]


def test_at_most_white():
    found = brightened(pixels(250, 255), pixels(200, 2))
    assert [found.getpixel((x, 0)) for x in range(2)] == [255, 255]


def test_mode():
    assert brightened(pixels(1), pixels(1)).mode == "L"

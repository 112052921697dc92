from PIL import Image, ImageMath


def brightened(one: Image.Image, other: Image.Image) -> Image.Image:
    return ImageMath.eval("convert(min(a + b / 2, 255), 'L')", a=one, b=other)

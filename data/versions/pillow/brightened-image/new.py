from PIL import Image, ImageMath


def brightened(one: Image.Image, other: Image.Image) -> Image.Image:
    return ImageMath.lambda_eval(
        lambda args: args["convert"](args["min"](args["a"] + args["b"] / 2, 255), "L"),
        a=one,
        b=other,
    )

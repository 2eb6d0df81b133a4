from flowgraph.image.adjusting import (
    adjust_brightness, adjust_contrast, adjust_gamma, adjust_hue, adjust_saturation,
    random_brightness, random_contrast, random_hue, random_saturation,
)
from flowgraph.image.conversion import (
    convert_image_dtype, grayscale_to_rgb, per_image_standardization, rgb_to_grayscale,
    rgb_to_yiq, rgb_to_yuv, yiq_to_rgb, yuv_to_rgb,
)
from flowgraph.image.cropping import (
    central_crop, crop_to_bounding_box, pad_to_bounding_box, resize_image_with_crop_or_pad,
    resize_image_with_crop_or_pad as resize_with_crop_or_pad,
)
from flowgraph.image.differences import image_gradients, sobel_edges, total_variation
from flowgraph.image.files import adjust_jpeg_quality, decode_image, is_jpeg, random_jpeg_quality
from flowgraph.image.orientation import (
    flip_left_right, flip_up_down, random_flip_left_right, random_flip_up_down, rot90,
    transpose, transpose as transpose_image,
)
from flowgraph.image.quality import psnr, ssim, ssim_multiscale
from flowgraph.image.resizing import (
    resize_image_with_pad, resize_images, resize_images as resize, ResizeMethod,
)
from flowgraph.image.suppression import (
    combined_non_max_suppression, non_max_suppression, non_max_suppression_overlaps,
    non_max_suppression_padded, non_max_suppression_with_scores,
)
from flowgraph.ops.image_boxes import draw_bounding_boxes
from flowgraph.ops.image_colors import hsv_to_rgb, rgb_to_hsv
from flowgraph.ops.image_cropping import crop_and_resize
from flowgraph.ops.image_decoding import (
    decode_and_crop_jpeg, decode_bmp, decode_gif, decode_jpeg, decode_png, extract_jpeg_shape,
)
from flowgraph.ops.image_distortion import sample_distorted_bounding_box
from flowgraph.ops.image_encoding import encode_jpeg, encode_png
from flowgraph.ops.image_glimpse import extract_glimpse
from flowgraph.ops.image_patches import extract_image_patches, extract_patches
from flowgraph.ops.image_resizing import (
    resize_area, resize_bicubic, resize_bilinear, resize_nearest_neighbor,
)
from flowgraph.ops.random_crop import random_crop

__all__ = [
    "ResizeMethod", "adjust_brightness", "adjust_contrast", "adjust_gamma", "adjust_hue",
    "adjust_jpeg_quality", "adjust_saturation", "central_crop", "combined_non_max_suppression",
    "convert_image_dtype", "crop_and_resize", "crop_to_bounding_box", "decode_and_crop_jpeg",
    "decode_bmp", "decode_gif", "decode_image", "decode_jpeg", "decode_png",
    "draw_bounding_boxes", "encode_jpeg", "encode_png", "extract_glimpse",
    "extract_image_patches", "extract_jpeg_shape", "extract_patches", "flip_left_right",
    "flip_up_down", "grayscale_to_rgb", "hsv_to_rgb", "image_gradients", "is_jpeg",
    "non_max_suppression", "non_max_suppression_overlaps", "non_max_suppression_padded",
    "non_max_suppression_with_scores", "pad_to_bounding_box", "per_image_standardization",
    "psnr", "random_brightness", "random_contrast", "random_crop", "random_flip_left_right",
    "random_flip_up_down", "random_hue", "random_jpeg_quality", "random_saturation", "resize",
    "resize_area", "resize_bicubic", "resize_bilinear", "resize_image_with_crop_or_pad",
    "resize_image_with_pad", "resize_images", "resize_nearest_neighbor",
    "resize_with_crop_or_pad", "rgb_to_grayscale", "rgb_to_hsv", "rgb_to_yiq", "rgb_to_yuv",
    "rot90", "sample_distorted_bounding_box", "sobel_edges", "ssim", "ssim_multiscale",
    "total_variation", "transpose", "transpose_image", "yiq_to_rgb", "yuv_to_rgb",
]

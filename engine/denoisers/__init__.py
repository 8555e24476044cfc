"""Model families that can denoise a canvas, one file each. Only here are model classes of transformers imported."""

"""How files say that their speech is synthetic: C2PA manifests, and the metadata of GB 45438-2025.

The standard library alone, but for c2pa-python and cryptography (the extra ``provenance``), which load when
something is signed or checked.
"""

"""What PCR instruments write, read well by well. Pure: bytes in, readings out.

One small module per family of exports, listed in `registry.py`; a new format is one more module of
the same shape. A file is recognised by what is in it, never by its name.

Words: a *reading* is what the instrument said of one target in one well; its Ct is a number or
"not detected". A *fault* is something wrong with one row or well of a file that is otherwise read;
it never harms another row. A file that cannot be read at all is refused with a `RunFault`.

Two things are never taken for "not detected", because they would become negatives: a well that was
omitted by hand from the analysis, and a row that contradicts itself or another. Their readings are
left out and a fault says so; a missing reading makes the item invalid.
"""

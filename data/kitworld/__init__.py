"""The world that the embedded model lives in, and how the model is made.

Read in this order: ``phrases`` (what people call each function of the library kit),
``functions`` (its functions as values), ``changes`` (how an update changes a call),
``exercises`` (a prompt and its solution), ``splits`` (what is kept apart from what),
``tasks`` (the data files of the tasks kit-update and kit-base), then ``vocabulary``
and ``tokens``, ``corpus``, ``optimizer``, ``train`` and ``measure``.
"""

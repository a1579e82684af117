"""Training the emotion branch of IndexTTS-2 on one's own clips: ``framevox train emotion``.

clips      the training set, as folders of clips
material   what the frozen networks make of each clip, computed once
branch     the networks that are trained: clip to emotion vector
adversary  the classifiers on those vectors, one of them behind a gradient reversal layer
probes     how much of a label a linear classifier still finds in the vectors
loop       one training, resumable at every step
outcome    probes before and after, and whether the result may be used
folder     the model folder with the trained branch in it
command    the options, and the order of all this
"""

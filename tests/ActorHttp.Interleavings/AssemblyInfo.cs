// One exploration at a time: the primitives of the model find their run in a static.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

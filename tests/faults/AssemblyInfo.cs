using Xunit;

// Each fault has the processors to itself: what is slow then is the fault's doing.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

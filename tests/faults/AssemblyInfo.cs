using Xunit;

// Two plants, and a third for the short soak: whoever is away comes back by clocks, and the processors wait with it.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]

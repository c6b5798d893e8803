using Xunit;

// Each test has the processors to itself: several clusters at a time would only measure each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

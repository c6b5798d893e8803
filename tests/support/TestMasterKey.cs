namespace StepCloud.Tests.Support;

/// <summary>The master key of test installations that have a database of their own choice.</summary>
public static class TestMasterKey
{
    public const string Variable = "STEPCLOUD_MASTER_KEY";

    public const string Text = "dGhlIG1hc3RlciBrZXkgb2YgYSB0ZXN0LCBub3RoaW4=";
}

namespace StepCloud.Storage.Recordings;

/// <summary>The places in which recordings lie, as the table has them.</summary>
public static class RecordingPlaceNames
{
    public const string Folder = "folder";
    public const string S3 = "s3";

    public static string OtherThan(string store) => store == Folder ? S3 : Folder;
}

Console.WriteLine("nothing yet");

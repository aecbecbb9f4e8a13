; A project is a folder, and Windows associates files only: the folder's context menu gets an entry instead.
!macro customInstall
  WriteRegStr SHELL_CONTEXT "Software\Classes\Directory\shell\Visage" "" "Open with Visage"
  WriteRegStr SHELL_CONTEXT "Software\Classes\Directory\shell\Visage" "Icon" "$INSTDIR\Visage.exe"
  WriteRegStr SHELL_CONTEXT "Software\Classes\Directory\shell\Visage" "AppliesTo" 'System.FileName:"*.visage"'
  WriteRegStr SHELL_CONTEXT "Software\Classes\Directory\shell\Visage\command" "" '"$INSTDIR\Visage.exe" "%1"'
!macroend

!macro customUnInstall
  DeleteRegKey SHELL_CONTEXT "Software\Classes\Directory\shell\Visage"
!macroend
